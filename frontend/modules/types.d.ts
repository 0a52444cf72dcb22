/** Types that several modules speak of. Browsers do not load this file. */

export interface Wait {
  state: "queued" | "starting" | "almost ready" | "restarting";
  since?: string;
  /** Seconds. */
  askAgainAfter?: number;
  /** People before them in line. */
  ahead?: number;
}

export interface Completion {
  outcome: string;
  code: string | null;
  redirect: string | null;
}

/** What /next answers. */
export interface Answer {
  /** HTML, "wait" or "show_game_page". */
  page: string;
  css?: string | null;
  step?: string;
  wait?: Wait;
  server?: { host: string; port: number };
  progress?: { at: number; of: number; label: string | null };
  completion?: Completion;
  /** The page is one of the product's own: there is nothing to submit. */
  notice?: "notOpen" | "closed" | "full" | "serverFailed" | "studyBroken" | "pageMissing";
  retry?: boolean;
}

export type Outcome =
  | { kind: "answer"; answer: Answer }
  /** The request itself is at fault: again would be the same. */
  | { kind: "refused"; text: string }
  /** Worth another try, `after` seconds at the least. */
  | { kind: "trouble"; after: number; why: string };

/** Another try is to come. */
export interface Again {
  /** How many have failed. */
  tries: number;
  /** Until the next one. */
  seconds: number;
  /** Makes it begin at once; the same function for all tries of one request. */
  now: () => void;
}

export interface Visit {
  projectId: string;
  /** As the link spells it. */
  userId: string;
  /** An id that was made here, on an earlier visit. */
  returned: boolean;
  /** Address of the study's style sheet. */
  css: string | null;
  /** Where to go at the end, if the study does not say. */
  redirect: string | null;
  /** Where the game's server is, if not at its own name. */
  server: string | null;
  debug: boolean;
}

export interface Settings {
  /** Address of /next. */
  api: string;
  /** Where game servers are, if not at their own names: for clouds that have no names. */
  server?: string;
}

/** One that fills the page. */
export interface View {
  element: HTMLElement;
  title: string;
  wide?: boolean;
  /** The focus goes there; without one, to the main part as a whole. */
  heading?: HTMLElement | null;
  /** Called when another view takes its place. */
  close?: () => void;
}

export type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** Name and state of each field, in the page's order. */
export type Draft = Array<[string, string | boolean | string[]]>;

/** What it takes to show a step's page. */
export interface StepOptions {
  html: string;
  /** Addresses of style sheets. */
  sheets: string[];
  userId: string;
  /** Of completion. */
  code: string | null;
  draft: Draft | null;
  noSubmit: boolean;
  /** A button in place of Submit. */
  action: HTMLElement | null;
  onDraft: (draft: Draft) => void;
  onSubmit: (answers: Record<string, string>) => void;
  /** Fields are not answered as they ask. */
  onFaults: (page: HTMLElement, summary: HTMLElement) => void;
}

/** What is said of the game's window. */
export interface GameWindow {
  /** CSS pixels. */
  width?: number;
  height?: number;
  /** It is to be exactly so large. */
  strict?: boolean;
}

/** What a game's server says. */
export interface Heard {
  /** The game is over. */
  done: boolean;
  /** Those to show, and no others. */
  controls?: string[];
  /** Base64 of a picture. */
  frame?: string;
  frameId?: unknown;
  /** The frame came as servers since 2023 send it. */
  newer?: boolean;
  window?: GameWindow;
  instructions?: string[];
  /** Figures by label. */
  display?: Record<string, unknown>;
  budget?: number;
  budgetUsed?: number;
  /** A colour. */
  border?: string;
  imageL?: string;
  imageR?: string;
}

/** A researcher's page, made harmless. */
export interface SafePage {
  nodes: Node[];
  /** What its <style> elements hold. */
  css: string[];
  /** Addresses of its style sheets. */
  sheets: string[];
  title: string;
  lang: string;
  /** A whole document's. */
  bodyClass: string;
}

/** The connection to the game broke; another try is made after a pause, or by `again` at once. */
export interface Lost {
  tries: number;
  /** The server closed it in good order. */
  clean: boolean;
  code: number;
  again: () => void;
}

export interface Listener {
  /** What is said first. */
  hello: () => string;
  onText: (text: string) => void;
  onOpen: () => void;
  onLost: (lost: Lost) => void;
}

export interface GameOptions {
  address: string;
  userId: string;
  projectId: string;
  /** The game is over. */
  onDone: () => void;
  /** The connection broke: what does the study say? */
  onLost: () => void;
  /** The game was opened in another window. */
  onElsewhere: () => void;
  log: (line: string) => void;
}

/** What the game's place in the study needs of the study. */
export interface Around {
  visit: Visit;
  settings: Settings;
  /** Of the participant's visit, the same in all of their tabs. */
  name: string;
  log: (line: string) => void;
  /** Ends what was going on. */
  begin: () => AbortSignal;
  onView: (view: import("./game/game.js").Game | null) => void;
  onDone: (step: string) => void;
  onLost: (step: string) => void;
}

/** What the game's controls do. */
export interface Acts {
  command: (name: string) => void;
  frameRate: (change: "faster" | "slower" | number) => void;
  held: import("./game/keys.js").Held;
  /** A CSS filter for the picture. */
  filter: (filter: string) => void;
}
