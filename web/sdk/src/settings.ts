/** What a person has chosen for themselves. */

export interface PersonalSettings {
  /** False means that nobody sees how far this person has read. */
  readonly readReceipts: boolean;
}

export class Settings {
  constructor(
    private readonly rest: (method: string, path: string, body?: unknown) => Promise<unknown>,
  ) {}

  async read(): Promise<PersonalSettings> {
    return (await this.rest("GET", "/me")) as PersonalSettings;
  }

  async write({ readReceipts }: PersonalSettings): Promise<PersonalSettings> {
    return (await this.rest("PATCH", "/me", { readReceipts })) as PersonalSettings;
  }
}
