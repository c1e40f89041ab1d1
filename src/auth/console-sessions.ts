import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SignJWT, errors, jwtVerify } from 'jose';
import { z } from 'zod';
import { AccessSettings } from '../config/settings.js';
import { RedisClock } from '../clock/redis-clock.js';
import { type Admin, AdminKeyRegistry } from './admin-key-registry.js';
import { derivedKey } from './derived-key.js';

/** Cookie of a browser that has signed in to the console. */
export const CONSOLE_COOKIE = 'postrider_console';
export const CONSOLE_SESSION_MS = 12 * 60 * 60 * 1_000;

const AUDIENCE = 'postrider:console';
const claims = z.object({ sub: z.string(), fingerprint: z.string() });

/** Console cookies: a signed name and an expiry. Nothing is stored, so every node accepts them. */
@Injectable()
export class ConsoleSessions {
  private readonly key: KeyObject;

  constructor(
    { jwtSecret }: AccessSettings,
    private readonly admins: AdminKeyRegistry,
    private readonly clock: RedisClock,
  ) {
    this.key = derivedKey(jwtSecret, 'console session');
  }

  open({ name, fingerprint }: Admin): Promise<string> {
    const nowMs = this.clock.now();
    return new SignJWT({ fingerprint })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(name)
      .setAudience(AUDIENCE)
      .setIssuedAt(new Date(nowMs))
      .setExpirationTime(new Date(nowMs + CONSOLE_SESSION_MS))
      .sign(this.key);
  }

  /**
   * Signed-in admin; undefined if the cookie is invalid or expired, or if its key is no longer an
   * admin key.
   */
  async adminOf(cookie: string): Promise<Admin | undefined> {
    try {
      const { payload } = await jwtVerify(cookie, this.key, {
        algorithms: ['HS256'],
        audience: AUDIENCE,
        requiredClaims: ['sub', 'exp'],
        currentDate: new Date(this.clock.now()),
      });
      const { sub: name, fingerprint } = claims.parse(payload);
      return this.admins.find(name, fingerprint);
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof z.ZodError) return undefined;
      throw error;
    }
  }
}
