// @ts-check
/** Chinese (simplified), not yet reviewed by a speaker: the texts of the first page and of every study's pages. What follows the equals sign is JSON. */
export const TEXTS = {
  "study": "研究",
  "notice": "提示",
  "close": "关闭",
  "step": "第 {at} 步，共 {of} 步",
  "loadingSlowly": "仍在加载。您的网络似乎较慢。",
  "offline": "您已离线",
  "offlineMore": "您的设备没有连接互联网。恢复连接后，研究会在这里继续。",
  "unreachableMore": "您的网络已中断，或者我们的服务器出现问题。您已完成的内容不会丢失。",
  "submit": "提交",
  "sending": "正在提交…",
  "stillSending": "仍在提交。请不要关闭本页面。",
  "notSent": {
    "other": "您的回答暂时无法提交，已保存在本设备上。{count} 秒后重试。"
  },
  "notSentOffline": "您已离线。您的回答已保存在本设备上，恢复连接后会自动提交。",
  "notSentBrief": "您的回答暂时无法提交，但已保存，本页面会不断重试。",
  "tryAgain": "重试",
  "interrupted": "连接已中断。本页面会不断重试。",
  "otherWindow": "您已在另一个窗口中继续了本研究。",
  "continueHere": "在这里继续",
  "yourId": "您的参与者编号：",
  "otherDevice": "在另一台设备上继续",
  "newTab": "（在新标签页中打开）"
};
