// @ts-check
/** Spanish, not yet reviewed by a speaker: what a study requires of the device. What follows the equals sign is JSON. */
export const TEXTS = {
  "device": "Su dispositivo",
  "deviceNeeds": "Este estudio necesita lo siguiente. Pruébelo, por favor: el estudio continuará por sí solo en cuanto todo funcione.",
  "needKeyboard": "Un teclado: pulse una de las flechas.",
  "needPointer": "Un ratón, un panel táctil o un lápiz: mueva el puntero sobre este texto.",
  "needWidth": "Una ventana más ancha: esta tiene {found} píxeles de ancho y se necesitan {wanted}. Agrándela, gire su dispositivo o reduzca el texto.",
  "needPing": "Una conexión más rápida: un mensaje tarda {found} milisegundos y puede tardar {wanted} como máximo. Otra red, o usar menos esta, puede servir.",
  "needPingUnknown": "Una conexión más rápida: no se ha podido medir la velocidad.",
  "measureAgain": "Medir de nuevo",
  "measuring": "Midiendo…",
  "needSound": "Sonido: actívelo, pulse el botón y cuente los pitidos.",
  "playBeeps": "Reproducir los pitidos",
  "beepsHeard": "¿Cuántos ha oído?",
  "beepsWrong": "Era otro número. Suba el volumen y reprodúzcalos de nuevo.",
  "needGamepad": "Un mando: conéctelo y pulse uno de sus botones.",
  "deviceWorks": "Esto funciona.",
  "deviceCannot": "No puedo hacerlo",
  "deviceSure": "Entonces no puede participar con este dispositivo. Todavía puede abrir este enlace en otro.",
  "leaveStudy": "Salir del estudio",
  "notLeave": "Volver"
};
