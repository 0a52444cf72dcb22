// @ts-check
/** The last resort: what nobody has thought of is told, with a way on. No module, since a module may be what fails. */
{
  const TOLD = `<section class="notice" role="alert"><h1>Something went wrong on this page</h1>
    <p>What you have sent is not lost. Please load the page again. If that does not help, tell the researcher who invited you: <code></code></p>
    <button>Reload</button></section>`;

  /** @param {string} why @param {boolean} isOurs  and not of some extension's script */
  const tell = (why, isOurs) => {
    const main = /** @type {HTMLElement} */ (document.getElementById("main"));
    const isStuck = main.querySelector(".loading, [aria-busy=true]") !== null;
    if (!isStuck && (!isOurs || main.querySelector("[role=alert]"))) return;
    if (isStuck) main.textContent = "";
    main.insertAdjacentHTML("afterbegin", TOLD);
    const [code, button] = /** @type {NodeListOf<HTMLElement>} */ (main.querySelectorAll("[role=alert] :is(code, button)"));
    code.textContent = why;
    button.onclick = () => location.reload();
  };

  addEventListener("error", ({ target, error, filename }) => {
    if (target instanceof HTMLScriptElement) tell("a part of the page could not be loaded", true);
    else if (error) tell(String(error), filename.startsWith(location.origin));
  }, true);
  addEventListener("unhandledrejection", ({ reason }) => tell(String(reason), String(reason?.stack).includes(location.origin)));
}
