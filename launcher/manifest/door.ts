// The door of launcher/manifest: from files and options to permissions, each with its origin.
export { dataWriterFile, dataWriterOf, keepDataWriter, readDataWriter } from "./data-writer.ts";
export { acceptedFile, forgetAccepted, keepAccepted, readAccepted } from "./accepted.ts";
export { type Gains, gainsOf } from "./gains.ts";
export { renderOptions, renderShellWord } from "./as-options.ts";
export { desktopNameSpaceOf, parseAppId, refuseDesktopName } from "./app-id.ts";
export { isWellKnownName, parseBusPattern, patternCovers } from "./bus-name.ts";
export { countedNames } from "./counted-names.ts";
export { firstUnprintable, locationCovers, renderFilesystem } from "./filesystem-location.ts";
export { manifestFiles, parseAppArgument } from "./find.ts";
export { findManifest, findManifestAsWritten, type FoundManifest, listIds, readManifest } from "./find-manifest.ts";
export type { Cut } from "./grammar/entry-grammar.ts";
export { isDenial, renderEntry, subjectOf } from "./grammar/grammars.ts";
export { entryOf, type Keyfile, type KeyfileEntry, parseKeyfile, parseKeyfileText, renderKeyfile } from "./keyfile.ts";
export { emptyKeyfile, keepLines, removeKey, setKey } from "./keyfile-edit.ts";
export { decodeBoolean, decodeLeniently, decodeList, decodeString, encodeString } from "./keyfile-values.ts";
export { installManifest, manifestFilesOf, removeManifest } from "./install-files.ts";
export { openAppMemo } from "./app-memo.ts";
export { knownApps, type ListedApp, ownerOf } from "./known-apps.ts";
export { layerOf, type Merged, mergeLayers, type PermissionLayer, type Statement } from "./layers.ts";
export type { AppId, Manifest } from "./manifest.ts";
export { appOf, instanceIdOf, type NamedInstance, splitInstanceId } from "./named-instance.ts";
export {
  findOption as findPermissionOption,
  type GivenOption,
  layerFromOptions,
  PERMISSION_OPTION_FLAGS,
  PERMISSION_OPTIONS,
  parseOptions,
  pickPermissionOptions,
} from "./options.ts";
export type { PermissionEntry } from "../permissions/entries.ts";
export { LAYERS, type LayerName, type Origin, type Problem, type Result } from "./origin.ts";
export {
  GLOBAL,
  type KnownLayers,
  limitFiles,
  overrideFiles,
  type OverrideLayers,
  readAppLayers,
  readLayerFile,
  readOverrideLayers,
} from "./override-files.ts";
export { type Finding, findingOf, type Severity } from "./lint/finding.ts";
export { noSandboxSwitch } from "./lint/dangers.ts";
export { lintFile } from "./lint/lint.ts";
export { layOver, takeOut } from "./override-edit.ts";
export { type InForce, type OverrideReport, reportOverride } from "./override-report.ts";
export { historyFile, type OverrideChange, readHistory, writeHistory } from "./override-history.ts";
export { parseLayer } from "./parse-layer.ts";
export { editOverride, type OverrideTarget, resetOverride, type TryLock, type Written } from "./override-write.ts";
export { errorAt, failure, NO_PLACE, noticeAt, settle, success } from "./problem.ts";
export { namesIn } from "./folder-names.ts";
export { readRegularFile, wordsOf } from "./regular-file.ts";
export { HOST_RUNTIME, parseManifest } from "./parse-manifest.ts";
export { manifestFolders, type Places, placesOf, systemOverrideFolder, userOverrideFolder } from "./places.ts";
export { resolveRuntime } from "./flatpak/resolve-runtime.ts";
export type { Deployment } from "./flatpak/deployment.ts";
export { type ExtensionMount, renderExtensions } from "./flatpak/extensions.ts";
export { flatpakOverrideFiles, isInstalledByFlatpak } from "./flatpak/find-app.ts";
export { flatpakInstallations, installationFiles } from "./flatpak/installations.ts";
export { manifestLayers, overridesFor, permissionsOfRun } from "./run-permissions.ts";
export { APP_SOURCES, type AppSource, keepChosenSource, readChosenSource } from "./source-choice.ts";
export { renderPermissionsKeyfile } from "./show-permissions.ts";
export { KEY_MEANINGS } from "./grammar/grammars.ts";
export { keyfileAsJson, type KeyfileJson } from "./as-json.ts";
export type { KeyMeaning } from "./grammar/entry-grammar.ts";
