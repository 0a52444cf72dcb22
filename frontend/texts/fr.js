// @ts-check
/** French, not yet reviewed by a speaker: the texts of the first page and of every study's pages. What follows the equals sign is JSON. */
export const TEXTS = {
  "study": "Étude",
  "notice": "Message",
  "close": "Fermer",
  "step": "Étape {at} sur {of}",
  "loadingSlowly": "Le chargement continue. Votre connexion semble lente.",
  "offline": "Vous êtes hors ligne",
  "offlineMore": "Votre appareil n’a pas de connexion à Internet. L’étude reprendra ici dès que vous serez de nouveau en ligne.",
  "unreachableMore": "Votre connexion est interrompue ou notre serveur a un problème. Rien de ce que vous avez fait n’est perdu.",
  "submit": "Envoyer",
  "sending": "Envoi en cours…",
  "stillSending": "L’envoi continue. Veuillez laisser cette page ouverte.",
  "notSent": {
    "one": "Vos réponses n’ont pas encore pu être envoyées. Elles sont enregistrées sur cet appareil. Nouvel essai dans {count} seconde.",
    "other": "Vos réponses n’ont pas encore pu être envoyées. Elles sont enregistrées sur cet appareil. Nouvel essai dans {count} secondes."
  },
  "notSentOffline": "Vous êtes hors ligne. Vos réponses sont enregistrées sur cet appareil et seront envoyées dès que vous serez de nouveau en ligne.",
  "notSentBrief": "Vos réponses n’ont pas encore pu être envoyées. Elles sont enregistrées et cette page continue d’essayer.",
  "tryAgain": "Réessayer",
  "interrupted": "La connexion est interrompue. Cette page continue d’essayer.",
  "otherWindow": "Vous avez continué cette étude dans une autre fenêtre.",
  "continueHere": "Continuer ici",
  "yourId": "Votre identifiant :",
  "otherDevice": "Continuer sur un autre appareil",
  "newTab": "(s’ouvre dans un nouvel onglet)"
};
