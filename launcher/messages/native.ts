// Texts for what the front reports by stage and errno. `native.STAGE.ERRNO` wins over `native.STAGE`, and that over `native.other`.
import type { MessageTable } from "./message.ts";

export const NATIVE_MESSAGES: MessageTable = {
  "native.other": { text: "the sandbox could not be built at `{stage}`: {detail}: {system}" },
};
