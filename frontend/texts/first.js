// @ts-check
/**
 * The texts that the page needs before it has loaded a language, or if it cannot, in every language.
 * A script, so that the other script, guard.js, has them too. What follows the equals sign is JSON.
 *
 * Not yet reviewed by a speaker: ar, de, es, fr, zh.
 */
/** @type {Record<string, Record<string, string>>} */
globalThis.hippoTexts = {
  "en": {
    "loading": "Loading the study …",
    "unreachable": "The study cannot be reached",
    "keepsTrying": "You need not do anything: this page keeps trying.",
    "tryNow": "Try now",
    "brokenTitle": "Something went wrong on this page",
    "broken": "The answers that you have sent are saved. Please reload this page. If that does not help, send this text to the researcher who invited you:",
    "reload": "Reload"
  },
  "ar": {
    "loading": "جارٍ تحميل الدراسة…",
    "unreachable": "يتعذر الوصول إلى الدراسة",
    "keepsTrying": "لا يلزمك فعل شيء: تواصل هذه الصفحة المحاولة.",
    "tryNow": "المحاولة الآن",
    "brokenTitle": "حدث خطأ في هذه الصفحة",
    "broken": "الإجابات التي أرسلتها محفوظة. يُرجى إعادة تحميل الصفحة. إن لم يُفد ذلك، فأرسل هذا النص إلى الباحث الذي دعاك:",
    "reload": "إعادة التحميل"
  },
  "de": {
    "loading": "Die Studie wird geladen …",
    "unreachable": "Die Studie ist nicht erreichbar",
    "keepsTrying": "Sie müssen nichts tun: Diese Seite versucht es weiter.",
    "tryNow": "Jetzt versuchen",
    "brokenTitle": "Auf dieser Seite ist ein Fehler aufgetreten",
    "broken": "Ihre abgeschickten Antworten sind gespeichert. Bitte laden Sie diese Seite neu. Wenn das nicht hilft, schicken Sie diesen Text an die Person, die Sie eingeladen hat:",
    "reload": "Neu laden"
  },
  "es": {
    "loading": "Cargando el estudio…",
    "unreachable": "No se puede acceder al estudio",
    "keepsTrying": "No tiene que hacer nada: esta página sigue intentándolo.",
    "tryNow": "Intentar ahora",
    "brokenTitle": "Algo ha fallado en esta página",
    "broken": "Las respuestas que ha enviado están guardadas. Vuelva a cargar esta página. Si no sirve de nada, envíe este texto a la persona que le invitó:",
    "reload": "Volver a cargar"
  },
  "fr": {
    "loading": "Chargement de l’étude…",
    "unreachable": "L’étude est inaccessible",
    "keepsTrying": "Vous n’avez rien à faire : cette page continue d’essayer.",
    "tryNow": "Essayer maintenant",
    "brokenTitle": "Un problème est survenu sur cette page",
    "broken": "Les réponses que vous avez envoyées sont enregistrées. Veuillez recharger cette page. Si cela ne suffit pas, envoyez ce texte à la personne qui vous a invité :",
    "reload": "Recharger"
  },
  "zh": {
    "loading": "正在加载研究…",
    "unreachable": "无法连接到研究",
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
