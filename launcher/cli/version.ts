// The version of this tsbox, as package.json has it (a test compares the two; the bundles carry no package.json).

export const VERSION = "0.1.0";
