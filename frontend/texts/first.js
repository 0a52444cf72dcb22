// @ts-check
/**
 * The texts that the page needs before it has loaded a language, or if it cannot, in every language.
 * A script, so that the other script, guard.js, has them too. What follows the equals sign is JSON.
 *
 * Not yet reviewed by a speaker: ar, de, es, fr, zh.
 */
globalThis.hippoTexts = {
  "en": {
    "loading": "Loading the study …",
    "loadingSlowly": "Still loading. Your connection seems to be slow.",
    "offline": "You are offline",
    "offlineMore": "Your device has no internet connection. The study goes on here when you are online again.",
    "unreachable": "The study cannot be reached",
    "unreachableMore": "Your connection is interrupted, or our server has a problem. Nothing that you have done is lost.",
    "keepsTrying": "You need not do anything: this page keeps trying.",
    "tryNow": "Try now",
    "brokenTitle": "Something went wrong on this page",
    "broken": "The answers that you have sent are saved. Please reload this page. If that does not help, send this text to the researcher who invited you:",
    "reload": "Reload"
  },
  "ar": {
    "loading": "جارٍ تحميل الدراسة…",
    "loadingSlowly": "ما زال التحميل جاريًا. يبدو أن اتصالك بطيء.",
    "offline": "لا يوجد اتصال بالإنترنت",
    "offlineMore": "جهازك غير متصل بالإنترنت. ستُستأنف الدراسة هنا عند عودة الاتصال.",
    "unreachable": "يتعذر الوصول إلى الدراسة",
    "unreachableMore": "انقطع اتصالك، أو توجد مشكلة في خادمنا. لم يُفقد شيء مما أنجزته.",
    "keepsTrying": "لا يلزمك فعل شيء: تواصل هذه الصفحة المحاولة.",
    "tryNow": "المحاولة الآن",
    "brokenTitle": "حدث خطأ في هذه الصفحة",
    "broken": "الإجابات التي أرسلتها محفوظة. يُرجى إعادة تحميل الصفحة. إن لم يُفد ذلك، فأرسل هذا النص إلى الباحث الذي دعاك:",
    "reload": "إعادة التحميل"
  },
  "de": {
    "loading": "Die Studie wird geladen …",
    "loadingSlowly": "Die Studie wird noch geladen. Ihre Verbindung scheint langsam zu sein.",
    "offline": "Sie sind offline",
    "offlineMore": "Ihr Gerät hat keine Internetverbindung. Die Studie geht hier weiter, sobald Sie wieder online sind.",
    "unreachable": "Die Studie ist nicht erreichbar",
    "unreachableMore": "Ihre Verbindung ist unterbrochen, oder unser Server hat ein Problem. Nichts von dem, was Sie getan haben, ist verloren.",
    "keepsTrying": "Sie müssen nichts tun: Diese Seite versucht es weiter.",
    "tryNow": "Jetzt versuchen",
    "brokenTitle": "Auf dieser Seite ist ein Fehler aufgetreten",
    "broken": "Ihre abgeschickten Antworten sind gespeichert. Bitte laden Sie diese Seite neu. Wenn das nicht hilft, schicken Sie diesen Text an die Person, die Sie eingeladen hat:",
    "reload": "Neu laden"
  },
  "es": {
    "loading": "Cargando el estudio…",
    "loadingSlowly": "Todavía se está cargando. Parece que su conexión es lenta.",
    "offline": "No tiene conexión",
    "offlineMore": "Su dispositivo no tiene conexión a internet. El estudio continuará aquí cuando vuelva la conexión.",
    "unreachable": "No se puede acceder al estudio",
    "unreachableMore": "Su conexión se ha interrumpido o nuestro servidor tiene un problema. No se ha perdido nada de lo que ha hecho.",
    "keepsTrying": "No tiene que hacer nada: esta página sigue intentándolo.",
    "tryNow": "Intentar ahora",
    "brokenTitle": "Algo ha fallado en esta página",
    "broken": "Las respuestas que ha enviado están guardadas. Vuelva a cargar esta página. Si no sirve de nada, envíe este texto a la persona que le invitó:",
    "reload": "Volver a cargar"
  },
  "fr": {
    "loading": "Chargement de l’étude…",
    "loadingSlowly": "Le chargement continue. Votre connexion semble lente.",
    "offline": "Vous êtes hors ligne",
    "offlineMore": "Votre appareil n’a pas de connexion à Internet. L’étude reprendra ici dès que vous serez de nouveau en ligne.",
    "unreachable": "L’étude est inaccessible",
    "unreachableMore": "Votre connexion est interrompue ou notre serveur a un problème. Rien de ce que vous avez fait n’est perdu.",
    "keepsTrying": "Vous n’avez rien à faire : cette page continue d’essayer.",
    "tryNow": "Essayer maintenant",
    "brokenTitle": "Un problème est survenu sur cette page",
    "broken": "Les réponses que vous avez envoyées sont enregistrées. Veuillez recharger cette page. Si cela ne suffit pas, envoyez ce texte à la personne qui vous a invité :",
    "reload": "Recharger"
  },
  "zh": {
    "loading": "正在加载研究…",
    "loadingSlowly": "仍在加载。您的网络似乎较慢。",
    "offline": "您已离线",
    "offlineMore": "您的设备没有连接互联网。恢复连接后，研究会在这里继续。",
    "unreachable": "无法连接到研究",
    "unreachableMore": "您的网络已中断，或者我们的服务器出现问题。您已完成的内容不会丢失。",
    "keepsTrying": "您无需任何操作：本页面会不断重试。",
    "tryNow": "立即重试",
    "brokenTitle": "本页面出错了",
    "broken": "您已提交的回答都已保存。请重新加载本页面。如果仍有问题，请将以下文字发给邀请您的研究人员：",
    "reload": "重新加载"
  }
};
{
  // Until the study says its language, the page speaks the browser's.
  const spoken = navigator.languages.map((each) => each.split("-")[0]).find((each) => each in globalThis.hippoTexts) ?? "en";
  const root = document.documentElement;
  root.lang = spoken;
  root.dir = spoken === "ar" ? "rtl" : "ltr";
  const loading = document.querySelector(".loading");
  if (loading) loading.textContent = globalThis.hippoTexts[spoken].loading;
}
