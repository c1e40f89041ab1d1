export interface ReadinessResult {
  ready: boolean;
  /** Why not, in a few words; shown to everybody who can reach `/health/ready`, so no secrets. */
  detail?: string;
}

/**
 * Port: one reason why this process may not be ready for traffic.
 *
 * Every provider of any module that extends this class is found and asked at each `/health/ready`. A check that throws
 * or does not answer within one second counts as not ready, so it needs no timeout of its own. It is asked every few
 * seconds by each prober and must be cheap; what a restart could not mend does not belong here.
 */
export abstract class ReadinessCheck {
  /** Key in the answer of `/health/ready`; unique, lower case. */
  abstract readonly name: string;
  abstract check(): Promise<ReadinessResult>;
}
