// @ts-check
/** German, not yet reviewed by a speaker: the texts of the first page and of every study's pages. What follows the equals sign is JSON. */
export const TEXTS = {
  "study": "Studie",
  "notice": "Hinweis",
  "close": "Schließen",
  "step": "Schritt {at} von {of}",
  "loadingSlowly": "Die Studie wird noch geladen. Ihre Verbindung scheint langsam zu sein.",
  "offline": "Sie sind offline",
  "offlineMore": "Ihr Gerät hat keine Internetverbindung. Die Studie geht hier weiter, sobald Sie wieder online sind.",
  "unreachableMore": "Ihre Verbindung ist unterbrochen, oder unser Server hat ein Problem. Nichts von dem, was Sie getan haben, ist verloren.",
  "submit": "Absenden",
  "sending": "Wird gesendet …",
  "stillSending": "Wird noch gesendet. Bitte lassen Sie diese Seite offen.",
  "notSent": {
    "one": "Ihre Antworten konnten noch nicht gesendet werden. Sie sind auf diesem Gerät gespeichert. Nächster Versuch in {count} Sekunde.",
    "other": "Ihre Antworten konnten noch nicht gesendet werden. Sie sind auf diesem Gerät gespeichert. Nächster Versuch in {count} Sekunden."
  },
  "notSentOffline": "Sie sind offline. Ihre Antworten sind auf diesem Gerät gespeichert und werden gesendet, sobald Sie wieder online sind.",
  "notSentBrief": "Ihre Antworten konnten noch nicht gesendet werden. Sie sind gespeichert, und diese Seite versucht es weiter.",
  "tryAgain": "Noch einmal versuchen",
  "interrupted": "Die Verbindung ist unterbrochen. Diese Seite versucht es weiter.",
  "otherWindow": "Sie haben diese Studie in einem anderen Fenster fortgesetzt.",
  "continueHere": "Hier weitermachen",
  "yourId": "Ihre Teilnahme-ID:",
  "otherDevice": "Auf einem anderen Gerät weitermachen",
  "newTab": "(öffnet sich in einem neuen Tab)"
};
