export const part = "of a page for the tests of modules/website";
