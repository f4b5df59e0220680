/**
 * Time zones: what a wall clock shows at an instant, and back.
 *
 * A wall-clock time is a number like an instant: the milliseconds its fields would be in UTC ("Wall"). The
 * offsets come from Intl, once for each 400 days of a zone (about 0.2 ms), and are kept as segments of one
 * offset, so that asking again costs nanoseconds.
 */
import { CaudalError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { DAY_MS, type Instant, type Millis } from "../base/time.ts";

/** What a wall clock shows: the milliseconds since 1970 its date and time would be in UTC. */
export type Wall = number;

/** A stretch of time with one offset; the offsets on its other sides are equal where it was merely cut there. */
export interface Segment {
  /** First instant in it. */
  readonly from: Instant;
  /** First instant after it. */
  readonly until: Instant;
  /** Wall clock minus UTC. */
  readonly offset: Millis;
  readonly offsetBefore: Millis;
  readonly offsetAfter: Millis;
}

/**
 * Two offsets of one zone differ by at most 26 hours (the date line has been moved by 24), so a wall-clock time
 * is never further than this from where the present offset would put it.
 */
export const REACH_MS: Millis = 2 * DAY_MS;

const INSTANT_MAX: Instant = 8.64e15;
const CHUNK_MS: Millis = 400 * DAY_MS;
/** Shorter than the shortest time any zone has kept an offset (3.99 days: Africa/Freetown, 1939; since 1970: 6.9). */
const SAMPLE_MS: Millis = 3 * DAY_MS;
const CHUNKS_MAX = 512;
const ZONES_MAX = 1_024;

export class Zone {
  readonly name: string;
  private readonly chunks = new Map<number, readonly Segment[]>();
  private readonly readOffset: (at: Instant) => Millis;
  private last: Segment | undefined;

  constructor(name: string, readOffset: (at: Instant) => Millis) {
    this.name = name;
    this.readOffset = readOffset;
  }

  /** The segment an instant lies in. */
  segmentAt(at: Instant): Segment {
    const last = this.last;
    if (last !== undefined && at >= last.from && at < last.until) return last;
    const found = this.chunkAt(at).find((segment) => at < segment.until);
    if (found === undefined) return { from: at, until: at + CHUNK_MS, offset: 0, offsetBefore: 0, offsetAfter: 0 };
    this.last = found;
    return found;
  }

  offsetAt(at: Instant): Millis {
    return this.segmentAt(at).offset;
  }

  wallAt(at: Instant): Wall {
    return at + this.segmentAt(at).offset;
  }

  /** The instant of a wall-clock time: in a gap moved on by the gap, of a repeated one the second. */
  instantOf(wall: Wall): Instant {
    let shifted = wall;
    for (let at = wall - REACH_MS; at < wall + REACH_MS; at = this.segmentAt(at).until) {
      const { from, until, offset, offsetBefore } = this.segmentAt(at);
      if (wall >= from + offsetBefore && wall < from + offset) return wall - offsetBefore;
      if (wall >= from + offset && wall < until + offset) shifted = wall - offset; // a later segment may show it again
    }
    return shifted;
  }

  /** How much the offsets between two instants differ; 0 nearly always. */
  offsetSpread(from: Instant, until: Instant): Millis {
    let low = this.offsetAt(from);
    let high = low;
    for (let at = from; at <= until; at = this.segmentAt(at).until) {
      low = Math.min(low, this.offsetAt(at));
      high = Math.max(high, this.offsetAt(at));
    }
    return high - low;
  }

  /**
   * The first instant after `at` at which the wall clock shows `wall` or later, or has been put back to before
   * what it shows at `at`. `wall` is later than what it shows; infinite when there is none.
   */
  reach(at: Instant, wall: Wall): Instant {
    let now = at;
    for (;;) {
      const { until, offset, offsetAfter } = this.segmentAt(now);
      if (wall - offset < until) return Math.max(wall - offset, now);
      if (until + offsetAfter < this.wallAt(at)) return until;
      const isNear = until - at <= REACH_MS;
      if (!isNear && !Number.isFinite(wall)) return Number.POSITIVE_INFINITY;
      now = isNear ? until : Math.max(until, wall - offset - REACH_MS);
    }
  }

  private chunkAt(at: Instant): readonly Segment[] {
    const index = Math.floor(at / CHUNK_MS);
    const known = this.chunks.get(index);
    if (known !== undefined) return known;
    if (this.chunks.size >= CHUNKS_MAX) this.chunks.clear();
    const chunk = this.readChunk(index * CHUNK_MS);
    this.chunks.set(index, chunk);
    return chunk;
  }

  /**
   * The segments of a chunk. Some days on both sides are read with it and cut away again, so that an end that is
   * a mere cut has no change of offset near it.
   */
  private readChunk(chunkFrom: Instant): readonly Segment[] {
    const chunkUntil = chunkFrom + CHUNK_MS;
    const readFrom = Math.max(-INSTANT_MAX, chunkFrom - 2 * SAMPLE_MS);
    const readUntil = Math.min(INSTANT_MAX, chunkUntil + 2 * SAMPLE_MS);
    const segments: Segment[] = [];
    let from = readFrom;
    let offset = this.readOffset(readFrom);
    let offsetBefore = offset;
    for (let at = readFrom; at < readUntil; at += SAMPLE_MS) {
      const sample = Math.min(readUntil, at + SAMPLE_MS);
      const offsetAfter = this.readOffset(sample);
      if (offsetAfter === offset) continue;
      const until = this.findChange(at, sample, offset);
      segments.push({ from: from === readFrom ? chunkFrom : from, until, offset, offsetBefore, offsetAfter });
      [from, offsetBefore, offset] = [until, offset, offsetAfter];
    }
    segments.push({
      from: from === readFrom ? chunkFrom : from,
      until: chunkUntil,
      offset,
      offsetBefore,
      offsetAfter: offset,
    });
    return segments.filter((segment) => segment.from < segment.until);
  }

  /** The first whole second at which the offset is no longer `offset`. */
  private findChange(from: Instant, until: Instant, offset: Millis): Instant {
    let low = Math.floor(from / 1_000);
    let high = Math.ceil(until / 1_000);
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.readOffset(middle * 1_000) === offset) low = middle;
      else high = middle;
    }
    return high * 1_000;
  }
}

const zones = new Map<string, Zone>();

/**
 * The zone of that name; the same object each time.
 * @throws CaudalError ZONE_UNKNOWN
 */
export function readZone(name = "UTC"): Zone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = new Zone(name, name === "UTC" ? () => 0 : offsetReader(name));
  if (zones.size >= ZONES_MAX) zones.clear();
  zones.set(name, zone);
  return zone;
}

function offsetReader(name: string): (at: Instant) => Millis {
  // Some versions of Node know zones such as "+02:00" and some do not: we know names only, everywhere.
  if (typeof name !== "string" || !/^[A-Za-z]/.test(name)) throw unknownZone(name);
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  } catch (cause) {
    if (cause instanceof RangeError) throw unknownZone(name);
    throw cause;
  }
  return (at) => parseOffset(format.format(at));
}

/** `"3/14/2021, GMT-05:00"`; before standard time seconds follow, and UTC is plain `GMT`. */
function parseOffset(formatted: string): Millis {
  const at = formatted.lastIndexOf("GMT") + 3;
  if (at >= formatted.length) return 0;
  const [hours = "0", minutes = "0", seconds = "0"] = formatted.slice(at + 1).split(":");
  const size = (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
  return formatted[at] === "-" ? -size : size;
}

/** Names people write today that Intl lists under an older one. */
const ZONE_NAMES_NEWER = [
  "UTC",
  "Asia/Kolkata",
  "Asia/Ho_Chi_Minh",
  "Asia/Kathmandu",
  "Asia/Yangon",
  "America/Argentina/Buenos_Aires",
  "Atlantic/Faroe",
  "Europe/Kyiv",
];

function unknownZone(name: unknown): CaudalError<"ZONE_UNKNOWN"> {
  const zone = String(name).slice(0, 60);
  const names = [...ZONE_NAMES_NEWER, ...Intl.supportedValuesOf("timeZone")];
  const cityOf = (known: string) => known.slice(known.lastIndexOf("/") + 1);
  const wanted = zone.trim().replaceAll(" ", "_");
  const city = nearest(wanted, names.map(cityOf));
  return new CaudalError("ZONE_UNKNOWN", {
    zone,
    nearest: nearest(wanted, names) ?? names.find((known) => cityOf(known) === city),
  });
}
