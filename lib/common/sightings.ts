import { hash } from 'node:crypto';

/**
 * Tells what was seen before from what is new, most likely, in little memory that never grows: for any number of texts that
 * anybody may have made up. The oldest are forgotten.
 */
export class Sightings {
  private readonly marks: Int32Array;

  /** @param places how many are told from each other, at least */
  constructor(places: number) {
    // A power of two, so that a place is found with a mask.
    this.marks = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(1, places))));
  }

  /** @param digest a hash in base64 */
  has(digest: string): boolean {
    const { place, mark } = this.locate(digest);
    return this.marks[place] === mark;
  }

  /** Notes it, and says whether it was there already. */
  add(digest: string): boolean {
    const { place, mark } = this.locate(digest);
    const seen = this.marks[place] === mark;
    this.marks[place] = mark;
    return seen;
  }

  private locate(digest: string): { readonly place: number; readonly mark: number } {
    const tag = Buffer.from(digest.slice(0, 12), 'base64');
    return { place: tag.readUInt32LE(0) & (this.marks.length - 1), mark: tag.readInt32LE(4) };
  }
}

/** The SHA-256 of a text as it stands, in base64. */
export function sha256(text: string): string {
  return hash('sha256', text, 'base64');
}
