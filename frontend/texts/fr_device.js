// @ts-check
/** French, not yet reviewed by a speaker: what a study requires of the device. What follows the equals sign is JSON. */
export const TEXTS = {
  "device": "Votre appareil",
  "deviceNeeds": "Cette étude a besoin de ce qui suit. Veuillez l’essayer : l’étude continuera toute seule dès que tout fonctionnera.",
  "needKeyboard": "Un clavier : appuyez sur l’une des flèches.",
  "needPointer": "Une souris, un pavé tactile ou un stylet : déplacez le pointeur sur ce texte.",
  "needWidth": "Une fenêtre plus large : celle-ci fait {found} pixels de large, et il en faut {wanted}. Agrandissez-la, tournez votre appareil ou réduisez la taille du texte.",
  "needPing": "Une connexion plus rapide : un message met {found} millisecondes, pour {wanted} au plus. Un autre réseau, ou un usage moindre de celui-ci, peut aider.",
  "needPingUnknown": "Une connexion plus rapide : sa vitesse n’a pas pu être mesurée.",
  "measureAgain": "Mesurer de nouveau",
  "measuring": "Mesure en cours…",
  "needSound": "Le son : activez-le, appuyez sur le bouton et comptez les bips.",
  "playBeeps": "Écouter les bips",
  "beepsHeard": "Combien en avez-vous entendu ?",
  "beepsWrong": "Ce n’était pas ce nombre. Montez le son et écoutez-les de nouveau.",
  "needGamepad": "Une manette : connectez-la et appuyez sur l’un de ses boutons.",
  "deviceWorks": "Cela fonctionne.",
  "deviceCannot": "Je ne peux pas le faire",
  "deviceSure": "Alors vous ne pouvez pas participer avec cet appareil. Vous pouvez encore ouvrir ce lien sur un autre.",
  "leaveStudy": "Quitter l’étude",
  "notLeave": "Retour"
};
