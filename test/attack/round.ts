import type { Route } from '../support/routes';
import type { TestService } from '../support/app';

/** What an attack is made against, and how much of it is made. */
export interface Battlefield {
  readonly service: TestService;
  /** Every route, with ids that exist in its path. */
  readonly routes: readonly Route[];
  readonly isShort: boolean;
}

/** Counts the attempts of one class, and keeps those that were not refused. */
export class Round {
  tried = 0;
  refused = 0;
  /** Requests to the API, each of which needs its place in the audit log. */
  asked = 0;
  readonly succeeded: string[] = [];

  /** Counts a request that had to be refused: with a 4xx, unless the class says with what. */
  request(what: unknown, status: number, isRefusal: (status: number) => boolean = isClientError): void {
    this.asked += 1;
    this.attempt([what, status], isRefusal(status));
  }

  /** Counts an attempt that is not judged by one status. */
  attempt(what: unknown, isRefused: boolean): void {
    this.tried += 1;
    if (isRefused) this.refused += 1;
    else this.succeeded.push(JSON.stringify(what));
  }
}

/** One class of attack. */
export type Attack = (field: Battlefield, round: Round) => Promise<void>;

const isClientError = (status: number): boolean => status >= 400 && status < 500;
