export function text(left: number, baseline: number, content: string, attributes = ''): string {
  return `<text x="${left}" y="${baseline}" ${attributes}>${content}</text>`;
}

/** A picture on white, as it may be shown on a dark page. */
export function svg(width: number, height: number, title: string, content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11" fill="#24292f">
<title>${title}</title>
<rect width="100%" height="100%" fill="#ffffff"/>
${content}
</svg>
`;
}
