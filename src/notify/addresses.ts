/**
 * Which addresses are of the public internet. What is not belongs to somebody: this computer, a local network, a cloud's
 * metadata service. A notification goes there only if its author says so.
 *
 * The tables are IANA's registries of special-purpose addresses. Of IPv6 all but 2000::/3 is refused: among the rest are
 * loopback, link-local and unique local addresses, and every way of writing an IPv4 address as an IPv6 one.
 */
import { BlockList, isIP } from "node:net";

const NOT_PUBLIC_4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const;

/** Inside 2000::/3: protocol assignments with Teredo, documentation, and 6to4, which holds an IPv4 address. */
const NOT_PUBLIC_6 = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const;

const refused4 = new BlockList();
for (const [network, prefix] of NOT_PUBLIC_4) refused4.addSubnet(network, prefix, "ipv4");
const allowed6 = new BlockList();
allowed6.addSubnet("2000::", 3, "ipv6");
const refused6 = new BlockList();
for (const [network, prefix] of NOT_PUBLIC_6) refused6.addSubnet(network, prefix, "ipv6");

/** @param address as DNS gives it: IPv4 with dots, or IPv6 without brackets; anything else is not public */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !refused4.check(address, "ipv4");
  return family === 6 && !address.includes("%") && allowed6.check(address, "ipv6") && !refused6.check(address, "ipv6");
}
