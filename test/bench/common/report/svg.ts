import { circumstances } from './table.js';

export function text(left: number, baseline: number, content: string, attributes = ''): string {
  return `<text x="${left}" y="${baseline}" ${attributes}>${content}</text>`;
}

/** What a chart says of itself: a figure without its date, its machine and a direction says nothing. */
export interface Caption {
  readonly title: string;
  readonly better: 'Higher' | 'Lower';
}

const CAPTION_HEIGHT = 26;

/** A picture on white, as it may be shown on a dark page, with its caption at the foot. */
export function svg(
  width: number,
  height: number,
  { title, better }: Caption,
  content: string,
): string {
  const whole = height + CAPTION_HEIGHT;
  const caption = `${title}. ${better} is better. ${circumstances()}.`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${whole}" viewBox="0 0 ${width} ${whole}" font-family="sans-serif" font-size="11" fill="#24292f">
<title>${title}</title>
<rect width="100%" height="100%" fill="#ffffff"/>
${content}
${text(8, height + 14, caption)}
</svg>
`;
}
