/** The last ids that the application has handled; the oldest is forgotten first. */
export class Seen {
  private readonly ids = new Set<string>();

  constructor(private readonly max: number) {}

  has(id: string): boolean {
    return this.ids.has(id);
  }

  add(id: string): void {
    this.ids.delete(id);
    this.ids.add(id);
    if (this.ids.size > this.max) for (const oldest of this.ids) return void this.ids.delete(oldest);
  }

  clear(): void {
    this.ids.clear();
  }
}
