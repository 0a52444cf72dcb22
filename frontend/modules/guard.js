// @ts-check
/** Shows unexpected errors and a Reload button. Not a module: it also handles failed modules. */
{
  const NOTICE = `<section class="notice" role="alert"><h1>Something went wrong on this page</h1>
    <p>The answers that you have sent are saved. Please reload this page. If that does not help, send this text to the researcher who invited you: <code></code></p>
    <button>Reload</button></section>`;

  /** @param {string} why @param {boolean} isOurs  false: from a browser extension's script */
  const show = (why, isOurs) => {
    const main = /** @type {HTMLElement} */ (document.getElementById("main"));
    const isStuck = main.querySelector(".loading, [aria-busy=true]") !== null;
    if (!isStuck && (!isOurs || main.querySelector("[role=alert]"))) return;
    if (isStuck) main.textContent = "";
    main.insertAdjacentHTML("afterbegin", NOTICE);
    const [code, button] = /** @type {NodeListOf<HTMLElement>} */ (main.querySelectorAll("[role=alert] :is(code, button)"));
    code.textContent = why;
    button.onclick = () => location.reload();
  };

  addEventListener("error", ({ target, error, filename }) => {
    if (target instanceof HTMLScriptElement) show("a part of the page could not be loaded", true);
    else if (error) show(String(error), filename.startsWith(location.origin));
  }, true);
  addEventListener("unhandledrejection", ({ reason }) => show(String(reason), String(reason?.stack).includes(location.origin)));
}
