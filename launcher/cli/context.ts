// What all commands agree on.

/** Status of every command where tsbox itself failed, bad usage included. `run` shares it, so that a script can tell it from the app's own. */
export const OWN_FAILURE_STATUS = 125;
