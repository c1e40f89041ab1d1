/** Backend that uses REST: the app it belongs to, and its name there. */
export interface Publisher {
  readonly app: string;
  readonly name: string;
}
