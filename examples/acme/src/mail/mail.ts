export const MAIL = 'acme-mail';

export interface Mail {
  readonly user: string;
  readonly notification: string;
}
