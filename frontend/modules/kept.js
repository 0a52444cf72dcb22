// @ts-check
/** What the participant's page keeps of a study's HTML. `hippo validate` reads the same list: what follows the equals sign is JSON. */
export const KEPT = {
  "elements": "a abbr address area article aside audio b bdi bdo big blockquote br button caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em fieldset figcaption figure font footer h1 h2 h3 h4 h5 h6 header hgroup hr i img input ins kbd label legend li main map mark menu meter nav nobr ol optgroup option output p picture pre progress q rp rt ruby s samp search section select small source span strike strong sub summary sup table tbody td textarea tfoot th thead time tr track tt u ul var video wbr svg g path rect circle ellipse line polyline polygon text tspan textpath defs symbol use image marker pattern clippath mask lineargradient radialgradient stop title desc math mi mn mo ms mrow msup msub msubsup mfrac msqrt mroot mtext mtable mtr mlabeledtr mtd mover munder munderover mmultiscripts mprescripts none mspace mstyle mpadded mphantom menclose merror semantics",
  "removed": "script style link meta base iframe frame frameset noframes noembed embed applet template noscript foreignobject animate animatemotion animatetransform set annotation annotation-xml",
  "attributesRemoved": "srcdoc action formaction form formmethod formtarget formnovalidate ping is slot background target manifest autofocus nonce part",
  "addresses": "href src xlink:href poster cite data longdesc usemap",
  "inputsRemoved": "reset file image"
};
