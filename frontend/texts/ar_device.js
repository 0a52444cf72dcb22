// @ts-check
/** Arabic, not yet reviewed by a speaker: what a study requires of the device. What follows the equals sign is JSON. */
export const TEXTS = {
  "device": "جهازك",
  "deviceNeeds": "تحتاج هذه الدراسة إلى ما يلي. يُرجى تجربته: ستستمر الدراسة من تلقاء نفسها حالما يعمل كل شيء.",
  "needKeyboard": "لوحة مفاتيح: اضغط أحد مفاتيح الأسهم.",
  "needPointer": "فأرة أو لوحة لمس أو قلم: حرّك المؤشر فوق هذا النص.",
  "needWidth": "نافذة أعرض: عرض هذه النافذة {found} بكسل، والمطلوب {wanted}. كبّرها، أو أدر جهازك، أو صغّر النص.",
  "needPing": "اتصال أسرع: تستغرق الرسالة {found} مللي ثانية، والحد الأقصى {wanted}. قد تفيد شبكة أخرى، أو تخفيف استخدام هذه الشبكة.",
  "needPingUnknown": "اتصال أسرع: تعذر قياس سرعته.",
  "measureAgain": "إعادة القياس",
  "measuring": "جارٍ القياس…",
  "needSound": "الصوت: شغّله، ثم اضغط الزر وعُدّ الصفّارات.",
  "playBeeps": "تشغيل الصفّارات",
  "beepsHeard": "كم صفّارة سمعت؟",
  "beepsWrong": "كان العدد مختلفًا. ارفع الصوت وشغّلها مرة أخرى.",
  "needGamepad": "يد تحكم: صِلها واضغط أحد أزرارها.",
  "deviceWorks": "هذا يعمل.",
  "deviceCannot": "لا يمكنني فعل ذلك",
  "deviceSure": "إذن لا يمكنك المشاركة بهذا الجهاز. ما زال بإمكانك فتح هذا الرابط على جهاز آخر.",
  "leaveStudy": "مغادرة الدراسة",
  "notLeave": "رجوع"
};
