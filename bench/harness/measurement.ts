/** One line of the table. */
export interface Row {
  /** What Fairway did, with its unit. */
  ours: string;
  /** What the peer of the same run did; absent where a figure stands alone. */
  peer?: string;
  /** The figure that is compared with the reach. */
  figure: string;
  isReached: boolean;
  /** Spread, CPU, sizes: what a reader needs to judge the figure. */
  note?: string;
}

/** What every `bench/<what>.ts` exports. */
export interface Measurement {
  name: string;
  reach: string;
  run(): Promise<Row>;
}
