/**
 * The line that a world prints, as `scripts/worlds_judge.ts` reads it.
 *
 * @module
 */

/** Call and its outcome. */
export interface Answer {
  readonly call: string;
  /** The certificate that the caller presents. */
  readonly caller: string;
  readonly status?: number;
  /** The certificate that the server names in its header. */
  readonly subject?: string | null;
  readonly body?: string;
  /** The error, if the call rejects. */
  readonly code?: string;
  readonly message?: string;
}
