// @ts-check
/** Chinese (simplified), not yet reviewed by a speaker: what a study requires of the device. What follows the equals sign is JSON. */
export const TEXTS = {
  "device": "您的设备",
  "deviceNeeds": "本研究需要以下条件。请逐项尝试：一切正常后，研究会自动继续。",
  "needKeyboard": "键盘：请按任意一个方向键。",
  "needPointer": "鼠标、触控板或触控笔：请将指针移到这段文字上。",
  "needWidth": "更宽的窗口：当前窗口宽 {found} 像素，需要 {wanted} 像素。请放大窗口、旋转设备或缩小文字。",
  "needPing": "更快的连接：当前一条消息需要 {found} 毫秒，最多允许 {wanted} 毫秒。换一个网络或减少当前网络的使用可能有用。",
  "needPingUnknown": "更快的连接：无法测量当前速度。",
  "measureAgain": "重新测量",
  "measuring": "正在测量…",
  "needSound": "声音：请打开声音，按下按钮，并数出提示音的次数。",
  "playBeeps": "播放提示音",
  "beepsHeard": "您听到了几声？",
  "beepsWrong": "数目不对。请调高音量，再播放一次。",
  "needGamepad": "手柄：请连接手柄并按下任意一个按键。",
  "deviceWorks": "正常。",
  "deviceCannot": "我做不到",
  "deviceSure": "那么您无法用这台设备参加。您仍可以在另一台设备上打开此链接。",
  "leaveStudy": "离开研究",
  "notLeave": "返回"
};
