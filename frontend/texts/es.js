// @ts-check
/** Spanish, not yet reviewed by a speaker: the texts of the first page and of every study's pages. What follows the equals sign is JSON. */
export const TEXTS = {
  "study": "Estudio",
  "notice": "Mensaje",
  "close": "Cerrar",
  "step": "Paso {at} de {of}",
  "loadingSlowly": "Todavía se está cargando. Parece que su conexión es lenta.",
  "offline": "No tiene conexión",
  "offlineMore": "Su dispositivo no tiene conexión a internet. El estudio continuará aquí cuando vuelva la conexión.",
  "unreachableMore": "Su conexión se ha interrumpido o nuestro servidor tiene un problema. No se ha perdido nada de lo que ha hecho.",
  "submit": "Enviar",
  "sending": "Enviando…",
  "stillSending": "Todavía se está enviando. Deje esta página abierta.",
  "notSent": {
    "one": "Sus respuestas aún no se han podido enviar. Están guardadas en este dispositivo. Próximo intento en {count} segundo.",
    "other": "Sus respuestas aún no se han podido enviar. Están guardadas en este dispositivo. Próximo intento en {count} segundos."
  },
  "notSentOffline": "No tiene conexión. Sus respuestas están guardadas en este dispositivo y se enviarán cuando vuelva la conexión.",
  "notSentBrief": "Sus respuestas aún no se han podido enviar. Están guardadas y esta página sigue intentándolo.",
  "tryAgain": "Intentar de nuevo",
  "interrupted": "La conexión se ha interrumpido. Esta página sigue intentándolo.",
  "otherWindow": "Ha continuado este estudio en otra ventana.",
  "continueHere": "Continuar aquí",
  "yourId": "Su identificador de participante:",
  "otherDevice": "Continuar en otro dispositivo",
  "newTab": "(se abre en otra pestaña)"
};
