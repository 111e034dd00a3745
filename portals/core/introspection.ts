// Introspection (D-Bus specification, "Introspection Data Format") of what is served, made from the same data as the calls are judged by.
import { endOfType } from "../../dbus-proxy/wire/signature.ts";
import type { Portal } from "./portal.ts";

const HEAD = `<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">
`;

export const STANDARD = `<interface name="org.freedesktop.DBus.Properties">
<method name="Get"><arg type="s" name="interface_name" direction="in"/><arg type="s" name="property_name" direction="in"/><arg type="v" name="value" direction="out"/></method>
<method name="GetAll"><arg type="s" name="interface_name" direction="in"/><arg type="a{sv}" name="properties" direction="out"/></method>
<method name="Set"><arg type="s" name="interface_name" direction="in"/><arg type="s" name="property_name" direction="in"/><arg type="v" name="value" direction="in"/></method>
<signal name="PropertiesChanged"><arg type="s" name="interface_name"/><arg type="a{sv}" name="changed_properties"/><arg type="as" name="invalidated_properties"/></signal>
</interface>
<interface name="org.freedesktop.DBus.Introspectable"><method name="Introspect"><arg type="s" name="xml_data" direction="out"/></method></interface>
<interface name="org.freedesktop.DBus.Peer"><method name="Ping"/></interface>
`;

export const REQUEST_XML = `<interface name="org.freedesktop.portal.Request"><method name="Close"/><signal name="Response"><arg type="u" name="response"/><arg type="a{sv}" name="results"/></signal></interface>
`;
export const SESSION_XML = `<interface name="org.freedesktop.portal.Session"><method name="Close"/><signal name="Closed"><arg type="a{sv}" name="details"/></signal><property type="u" name="version" access="read"/></interface>
`;

function typesOf(signature: string): readonly string[] {
  const types: string[] = [];
  for (let at = 0; at < signature.length; ) {
    const end = endOfType(signature, at);
    types.push(signature.slice(at, end));
    at = end;
  }
  return types;
}

export function interfaceXml(portal: Portal): string {
  const methods = Object.entries(portal.methods).map(([name, method]) => {
    const inward = typesOf(method.in).map((type, index) => argument(type, method.names[index], "in"));
    const outward = typesOf(method.out).map((type, index) => argument(type, method.names[inward.length + index], "out"));
    return `<method name="${name}">${[...inward, ...outward].join("")}</method>\n`;
  });
  const signals = Object.entries(portal.signals ?? {}).map(([name, signature]) => {
    const args = typesOf(signature).map((type) => `<arg type="${type}"/>`);
    return `<signal name="${name}">${args.join("")}</signal>\n`;
  });
  const properties = Object.entries(portal.properties ?? {}).map(([name, { type }]) => `<property type="${type}" name="${name}" access="read"/>\n`);
  return `<interface name="${portal.interface}">\n${methods.join("")}${signals.join("")}${properties.join("")}<property type="u" name="version" access="read"/>\n</interface>\n`;
}

function argument(type: string, name: string | undefined, direction: string): string {
  return `<arg type="${type}"${name === undefined ? "" : ` name="${name}"`} direction="${direction}"/>`;
}

export function nodeXml(interfaces: readonly string[], children: readonly string[]): string {
  return `${HEAD}<node>\n${interfaces.join("")}${children.map((name) => `<node name="${name}"/>\n`).join("")}</node>\n`;
}
