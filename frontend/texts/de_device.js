// @ts-check
/** German, not yet reviewed by a speaker: what a study requires of the device. What follows the equals sign is JSON. */
export const TEXTS = {
  "device": "Ihr Gerät",
  "deviceNeeds": "Diese Studie braucht Folgendes. Bitte probieren Sie es aus: Die Studie geht von selbst weiter, sobald alles funktioniert.",
  "needKeyboard": "Eine Tastatur: Drücken Sie eine der Pfeiltasten.",
  "needPointer": "Eine Maus, ein Touchpad oder ein Stift: Bewegen Sie den Zeiger über diesen Text.",
  "needWidth": "Ein breiteres Fenster: Dieses ist {found} Pixel breit, nötig sind {wanted}. Vergrößern Sie es, drehen Sie Ihr Gerät, oder verkleinern Sie den Text.",
  "needPing": "Eine schnellere Verbindung: Eine Nachricht braucht {found} Millisekunden und darf höchstens {wanted} brauchen. Ein anderes Netz, oder weniger Nutzung von diesem, kann helfen.",
  "needPingUnknown": "Eine schnellere Verbindung: Die Geschwindigkeit konnte nicht gemessen werden.",
  "measureAgain": "Noch einmal messen",
  "measuring": "Wird gemessen …",
  "needSound": "Ton: Schalten Sie ihn ein, drücken Sie den Knopf, und zählen Sie die Pieptöne.",
  "playBeeps": "Pieptöne abspielen",
  "beepsHeard": "Wie viele haben Sie gehört?",
  "beepsWrong": "Es war eine andere Anzahl. Stellen Sie den Ton lauter, und spielen Sie sie noch einmal ab.",
  "needGamepad": "Ein Gamepad: Schließen Sie es an, und drücken Sie einen seiner Knöpfe.",
  "deviceWorks": "Das funktioniert.",
  "deviceCannot": "Das kann ich nicht",
  "deviceSure": "Dann können Sie mit diesem Gerät nicht teilnehmen. Sie können diesen Link stattdessen auf einem anderen öffnen.",
  "leaveStudy": "Studie verlassen",
  "notLeave": "Zurück"
};
