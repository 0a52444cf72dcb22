/** Types shared by several modules. Browsers do not load this file. */

export interface Wait {
  state: "queued" | "starting" | "almost ready" | "restarting";
  since?: string;
  /** Seconds. */
  askAgainAfter?: number;
  /** Participants ahead in the line. */
  ahead?: number;
  /** The participant has a server in another study, which ends at this time at the latest. */
  elsewhereUntil?: string;
  /** The server stopped unexpectedly while the participant had the game. */
  crashed?: boolean;
  /** Since when the participant waits for this game: longer than `since` after a failed start. */
  waitingSince?: string;
  /** Whom the participant may write to. */
  contact?: string;
}

export interface Completion {
  outcome: string;
  code: string | null;
  redirect: string | null;
}

/** An answer of /next. */
export interface Answer {
  /** HTML, "wait" or "show_game_page". */
  page: string;
  css?: string | null;
  /** Address of the study's style sheet; one of its files begins with "assets/". */
  style?: string;
  /** Where the study's files are, relative to this page. */
  assets?: string;
  step?: string;
  wait?: Wait;
  /**
   * `url`: to open, with these sub-protocols; absent from answers of earlier releases. `token`: of the
   * session; the game server demands it. `fixed`: a link names no other address.
   */
  server?: { host: string; port: number; url?: string; protocols?: string[]; token?: string; fixed?: boolean };
  progress?: { at: number; of: number; label: string | null };
  completion?: Completion;
  /** Kind of the product's own page, which has no Submit button. */
  notice?: "notOpen" | "closed" | "full" | "serverFailed" | "lineFull" | "studyBroken" | "pageMissing" | "fetchedAhead"
    | "proofNeeded" | "otherBrowser" | "linkNeeded" | "linkExpired" | "stillThere" | "screenedOut";
  /** With `stillThere`: why the server ended; null: no participant ever connected to it. */
  ended?: "time" | "idle" | "server" | null;
  /** The server ends after `endsAfter` seconds without a request; send one `every` so many. */
  heartbeat?: { every: number; endsAfter: number };
  retry?: boolean;
  /** At the first step: what the device must have. `minWidth` in CSS pixels, `ping` in milliseconds. */
  requires?: { keyboard?: boolean; pointer?: boolean; minWidth?: number; ping?: number; sound?: boolean; gamepad?: boolean };
  /** Of these, what the device of a request did not have. */
  unmet?: string[];
  /** Of the study, such as "de"; absent: English. */
  language?: string;
  /** The study's own texts by key. */
  texts?: Record<string, string | Record<string, string>>;
}

declare global {
  /** texts/first.js */
  var hippoTexts: Record<string, Record<string, string>>;
}

export type Outcome =
  | { kind: "answer"; answer: Answer }
  /** The request is invalid: a retry gets the same answer. */
  | { kind: "refused"; text: string }
  /** A retry may help, after `after` seconds at the earliest. */
  | { kind: "trouble"; after: number; why: string };

/** A retry that is due. */
export interface Again {
  /** That have failed so far. */
  tries: number;
  /** Until the next try. */
  seconds: number;
  /** Retries now; the same function for all tries of one request. */
  now: () => void;
}

export interface Visit {
  projectId: string;
  /** In the link's spelling. */
  userId: string;
  /** The link should name the participant, and does not: it is a service's preview, or has no id in its place. */
  fault: "preview" | "noId" | null;
  /** The id was made in this browser on an earlier visit. */
  returned: boolean;
  /** Address of a style sheet; `allowed` checks it, as all addresses of the link. */
  css: string | null;
  /** Address of the last page's link, if the study has none. */
  redirect: string | null;
  /** Address of the game server that replaces its own name. */
  server: string | null;
  debug: boolean;
}

/** What proves who the participant is. */
export interface Proof {
  text: string | null;
  /** Make a secret; rejects if the module for it cannot be loaded now. */
  make(): Promise<void>;
}

export interface Settings {
  /** Address of /next. */
  api: string;
  /** Address of game servers in clouds without DNS. */
  server?: string;
  /** Origins that a link's `css` and `redirect` may name. */
  allow?: string[];
}

/** A view that fills the page. */
export interface View {
  element: HTMLElement;
  title: string;
  wide?: boolean;
  /** Receives the focus; without one, the main element does. */
  heading?: HTMLElement | null;
  /** Called when another view replaces this one. */
  close?: () => void;
}

export type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** Name and state of each field, in the page's order. */
export type Draft = Array<[string, string | boolean | string[]]>;

/** Options of a step page. */
export interface StepOptions {
  html: string;
  /** Address of the study's files; ends with a slash. */
  assets: string | null;
  /** Addresses of style sheets. */
  sheets: string[];
  /** Address of the link's style sheet. */
  linked: string | null;
  userId: string;
  /** The completion code. */
  code: string | null;
  draft: Draft | null;
  noSubmit: boolean;
  /** A button that replaces Submit. */
  action: HTMLElement | null;
  onDraft: (draft: Draft) => void;
  onSubmit: (answers: Record<string, string>) => void;
  /** The participant pressed Submit with missing or invalid answers. */
  onFaults: (page: HTMLElement, summary: HTMLElement) => void;
  /** The page has content that is wider than the card. */
  onBroad: (page: HTMLElement) => void;
}

/** Size of the game's picture. */
export interface GameWindow {
  /** CSS pixels. */
  width?: number;
  height?: number;
  /** Show it in exactly this size. */
  strict?: boolean;
}

/** What the game does now. */
export interface GameStatus {
  /** `ready`, `running`, `paused`, `between` two rounds, `over`. */
  phase?: string;
  /** From 1. */
  round?: number;
  /** The server sends pictures by itself now. */
  pictures?: boolean;
}

/** A message of the game server. */
export interface GameMessage {
  /** The game is over. */
  done: boolean;
  /** Names of the controls to show. */
  controls?: string[];
  /** The additions to the protocol that the server uses. */
  speaks?: string[];
  /** The game's own keys. */
  ownKeys?: OwnKey[] | null;
  /** Control of a gamepad → the game's key that it presses. */
  gamepad?: Record<string, string>;
  inputs?: Input[];
  /** A picture, or its base64. */
  frame?: string | Blob;
  frameId?: unknown;
  /** The frame is in the format of servers since 2023. */
  newer?: boolean;
  window?: GameWindow;
  status?: GameStatus;
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

/** Keys that do something together; entries with the same action share one button. */
export interface OwnKey {
  /** `KeyboardEvent.key`, in the server's spelling. */
  keys: string[];
  action: string;
  label: string;
}

/** A question that the server asks beside the game. */
export interface Input {
  name: string;
  kind: "scale" | "binary" | "choice" | "text" | "click";
  label: string;
  least?: number;
  most?: number;
  step?: number;
  /** Where a scale begins. */
  value?: number;
  /** Words at the ends of a scale. */
  leastLabel?: string;
  mostLabel?: string;
  options?: Array<{ value: unknown; label: string }>;
}

/** A press on the picture: where, 0 to 1, and on which frame. */
export interface Click {
  value: { x: number; y: number };
  frameId: unknown;
}

/** A researcher's page after sanitising. */
export interface SafePage {
  nodes: Node[];
  /** Content of its <style> elements. */
  css: string[];
  sheets: Sheet[];
  title: string;
  /** Of <html> or <body>. */
  lang: string;
  dir: string;
  body: { className: string; id: string; style: string };
}

/** A style sheet of the study's own; an empty `media` is every medium. */
export interface Sheet {
  href: string;
  media: string;
}

/** The connection to the game broke; the page retries after a pause, or when `again` is called. */
export interface Lost {
  tries: number;
  /** The server closed it with code 1000. */
  clean: boolean;
  code: number;
  again: () => void;
}

export interface Listener {
  /** The first message. */
  hello: () => string;
  onMessage: (data: string | ArrayBuffer) => void;
  onOpen: () => void;
  onLost: (lost: Lost) => void;
}

/** Where the game is played. */
export interface GameServer {
  address: string;
  /** Sub-protocols of the WebSocket. */
  protocols: string[];
  /** Of the session. */
  token?: string;
}

export interface GameOptions {
  server: GameServer;
  /** The study's step. */
  step: string;
  userId: string;
  projectId: string;
  /** The game is over. */
  onDone: () => void;
  /** The connection broke; `unreachable`: after many tries there was none yet. */
  onLost: (unreachable: boolean) => void;
  /** The game was opened in another window. */
  onElsewhere: () => void;
  log: (line: string) => void;
}

/** What `Playing` needs from the study. */
export interface PlayingOptions {
  visit: Visit;
  settings: Settings;
  /** Of the participant's lock, the same in all tabs. */
  name: string;
  log: (line: string) => void;
  /** Aborts the current work. */
  begin: () => AbortSignal;
  onView: (view: import("./game/game.js").Game | null) => void;
  onDone: (step: string) => void;
  onLost: (step: string, unreachable: boolean) => void;
}

/** What the game's controls do. */
export interface ControlActions {
  command: (name: string) => void;
  frameRate: (change: string) => void;
  /** One of the fixed actions began or ended, by this key. */
  key: (action: string, key: string, down: boolean) => void;
  /** Of the game's own keys, these are held now. */
  held: (keys: string[]) => void;
  /** Returns: sent. */
  answer: (input: string, value: unknown) => boolean;
  /** A CSS filter for the picture. */
  filter: (filter: string) => void;
  focusGame: () => void;
}
