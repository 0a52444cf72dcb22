// @ts-check
/** Shows unexpected errors and a Reload button. Not a module: it also handles failed modules. */
{
  const NOTICE = '<section class="notice" role="alert"><h1></h1><p></p><button></button></section>';

  /** @param {string} why @param {boolean} isOurs  false: from a browser extension's script */
  const show = (why, isOurs) => {
    const main = /** @type {HTMLElement} */ (document.getElementById("main"));
    const isStuck = main.querySelector(".loading, [aria-busy=true]") !== null;
    if (!isStuck && (!isOurs || main.querySelector("[role=alert]"))) return;
    if (isStuck) main.textContent = "";
    main.insertAdjacentHTML("afterbegin", NOTICE);
    const [title, words, button] = /** @type {NodeListOf<HTMLElement>} */ (main.querySelectorAll("[role=alert] > *"));
    const all = globalThis.hippoTexts ?? {}; // absent if it failed to load
    const texts = all[document.documentElement.lang.split("-")[0]] ?? all.en ?? { brokenTitle: "Error", broken: "", reload: "⟳" };
    const code = document.createElement("code");
    code.textContent = why;
    title.textContent = texts.brokenTitle;
    words.append(`${texts.broken} `, code);
    button.textContent = texts.reload;
    button.onclick = () => location.reload();
  };

  addEventListener("error", ({ target, error, filename }) => {
    if (target instanceof HTMLScriptElement) show("a part of the page could not be loaded", true);
    else if (error) show(String(error), filename.startsWith(location.origin));
  }, true);
  addEventListener("unhandledrejection", ({ reason }) => show(String(reason), String(reason?.stack).includes(location.origin)));
}
