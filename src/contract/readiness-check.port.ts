export interface ReadinessResult {
  ready: boolean;
  /**
   * Short reason why it is not ready. Anyone who can reach `/health/ready` sees it, so it must hold
   * no secret.
   */
  detail?: string;
}

/**
 * Port: one condition for this process to be ready for traffic.
 *
 * Providers of any module that extend this class are discovered and asked at each `/health/ready`.
 * A check that throws or takes longer than one second counts as not ready, so it needs no timeout
 * of its own. Each prober asks every few seconds, so a check must be cheap. Faults that a restart
 * cannot fix do not belong here.
 */
export abstract class ReadinessCheck {
  /** Unique, lower-case key in the answer of `/health/ready`. */
  abstract readonly name: string;
  abstract check(): Promise<ReadinessResult>;
}
