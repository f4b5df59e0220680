/** Switches that make the sample API misbehave. */
export interface Switches {
  /** Delays every answer: milliseconds, or text such as `"2s"`; at most ten minutes. */
  readonly slow?: number | string | undefined;
  /** The share of requests answered with 500, 0…1. The same sequence for the same `seed`. */
  readonly fail?: number | undefined;
  /** How many of the next requests are answered with 500. */
  readonly failNext?: number | undefined;
  /** Answers 200 with something that is not JSON. */
  readonly garbage?: boolean | undefined;
}

export interface ComplaintsApiOptions extends Switches {
  /** 0 takes any free port; 4299 if left out. Only 127.0.0.1 is listened on. */
  readonly port?: number | undefined;
  /** Decides which requests the share in `fail` hits; 1 if left out. */
  readonly seed?: number | undefined;
}

export interface ComplaintsApi {
  readonly port: number;
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** The address to search at, ending in a slash: what `COMPLAINTS_API` takes. */
  readonly url: string;
  /** How many searches were asked for. */
  count(): number;
  /** How many of them were answered with 500 on purpose. */
  failed(): number;
  set(switches: Switches): void;
  /** Ends open requests; resolves when the port is free again. */
  close(): Promise<void>;
}

/** Starts the sample API on 127.0.0.1; rejects with one clear sentence when the port is taken or a switch is wrong. */
export declare function startComplaintsApi(options?: ComplaintsApiOptions): Promise<ComplaintsApi>;
