import { Injectable } from '@nestjs/common';

/** Directory of teams and their members. */
@Injectable()
export class TeamDirectory {
  private readonly teams = new Map<string, readonly string[]>();

  define(app: string, team: string, users: readonly string[]): void {
    this.teams.set(`${app}:${team}`, users);
  }

  membersOf(app: string, team: string): readonly string[] | undefined {
    return this.teams.get(`${app}:${team}`);
  }
}
