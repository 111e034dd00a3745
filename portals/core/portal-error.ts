// The one error of this folder: becomes a D-Bus error of its name, which clients know by it.
export type PortalErrorCode = "Failed" | "InvalidArgument" | "NotFound" | "Exists" | "NotAllowed" | "Cancelled" | "WindowDestroyed";

export class PortalError extends Error {
  readonly code: string;
  /** The D-Bus error's name. */
  readonly errorName: string;

  /** `code` without a dot is one of the portals' own; else it is a whole error name. */
  constructor(code: PortalErrorCode | `org.${string}`, text: string) {
    super(text);
    this.code = code;
    this.errorName = code.includes(".") ? code : `org.freedesktop.portal.Error.${code}`;
  }
}

export const busError = (name: string, text: string): PortalError => new PortalError(`org.freedesktop.DBus.Error.${name}`, text);
