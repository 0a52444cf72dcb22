// @ts-check
/** English: what a study requires of the device. What follows the equals sign is JSON. */
export const TEXTS = {
  "device": "Your device",
  "deviceNeeds": "This study needs the following. Please try it: the study goes on by itself as soon as everything works.",
  "needKeyboard": "A keyboard: press one of the arrow keys.",
  "needPointer": "A mouse, a touchpad or a pen: move it over this text.",
  "needWidth": "A wider window: this one is {found} wide, and {wanted} are needed. Make it larger, turn your device, or make the text smaller.",
  "needPing": "A faster connection: a message takes {found} milliseconds, and may take {wanted}. Another network, or less use of this one, may help.",
  "needPingUnknown": "A faster connection: its speed could not be measured.",
  "measureAgain": "Measure again",
  "measuring": "Measuring …",
  "needSound": "Sound: turn it on, press the button, and count the beeps.",
  "playBeeps": "Play the beeps",
  "beepsHeard": "How many did you hear?",
  "beepsWrong": "That was another number. Turn the sound up, and play them again.",
  "needGamepad": "A gamepad: connect it, and press one of its buttons.",
  "deviceWorks": "This works.",
  "deviceCannot": "I cannot do this",
  "deviceSure": "Then you cannot take part with this device. You can still open this link on another one instead.",
  "leaveStudy": "Leave the study",
  "notLeave": "Go back"
};
