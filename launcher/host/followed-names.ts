// Which files of /etc follow the host's while an app runs. Data.

/** By folder: an app without the network sees no name server. */
export const FOLLOWED_FILES = { network: ["resolv.conf", "hosts"], clock: ["localtime", "timezone"] } as const;
export type FollowedFolder = keyof typeof FOLLOWED_FILES;
