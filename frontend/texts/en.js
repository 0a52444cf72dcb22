// @ts-check
/** English: the texts of the first page and of every study's pages. What follows the equals sign is JSON. */
export const TEXTS = {
  "study": "Study",
  "notice": "Message",
  "close": "Close",
  "step": "Step {at} of {of}",
  "loadingSlowly": "Still loading. Your connection seems to be slow.",
  "offline": "You are offline",
  "offlineMore": "Your device has no internet connection. The study goes on here when you are online again.",
  "unreachableMore": "Your connection is interrupted, or our server has a problem. Nothing that you have done is lost.",
  "submit": "Submit",
  "sending": "Sending …",
  "stillSending": "Still sending. Please keep this page open.",
  "notSent": {
    "one": "Your answers could not be sent yet. They are saved on this device. Next try in {count} second.",
    "other": "Your answers could not be sent yet. They are saved on this device. Next try in {count} seconds."
  },
  "notSentOffline": "You are offline. Your answers are saved on this device and will be sent when you are online again.",
  "notSentBrief": "Your answers could not be sent yet. They are saved, and this page keeps trying.",
  "tryAgain": "Try again",
  "interrupted": "The connection is interrupted. This page keeps trying.",
  "otherWindow": "You have gone on with this study in another window.",
  "continueHere": "Continue here",
  "yourId": "Your participant ID:",
  "otherDevice": "Continue on another device",
  "newTab": "(opens in a new tab)"
};
