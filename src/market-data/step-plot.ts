export interface PlotLine {
  readonly name: string;
  /** Rising in x. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface PlotFrame {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
}

const WIDTH = 760;
const HEIGHT = 420;
const MARGIN = { left: 64, right: 24, top: 48, bottom: 56 };
// Told apart by colour-blind readers as well (Okabe and Ito), and by their dashes in print.
const STROKES: readonly (readonly [colour: string, dashes: string])[] = [
  ['#0072b2', ''],
  ['#d55e00', '8 3'],
  ['#009e73', '2 3'],
  ['#cc79a7', '10 3 2 3'],
];

/** Lines as a drawing of its own, without scripts and fonts from elsewhere. What lies beyond the ticks is cut off. */
export function stepPlot(frame: PlotFrame, lines: readonly PlotLine[]): string {
  const x = scale(frame.xTicks, MARGIN.left, WIDTH - MARGIN.right);
  const y = scale(frame.yTicks, HEIGHT - MARGIN.bottom, MARGIN.top);
  const [left, right] = [MARGIN.left, WIDTH - MARGIN.right];
  const [top, bottom] = [MARGIN.top, HEIGHT - MARGIN.bottom];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(frame.title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${WIDTH / 2}" y="24" text-anchor="middle" font-size="15">${escaped(frame.title)}</text>`,
    ...frame.xTicks.map((tick) => {
      const at = fixed(x(tick));
      return (
        `<path d="M${at} ${top}V${bottom}" stroke="#dddddd"/>` +
        `<text x="${at}" y="${bottom + 18}" text-anchor="middle">${tick}</text>`
      );
    }),
    ...frame.yTicks.map((tick) => {
      const at = fixed(y(tick));
      return (
        `<path d="M${left} ${at}H${right}" stroke="#dddddd"/>` +
        `<text x="${left - 8}" y="${at}" text-anchor="end" dominant-baseline="middle">${tick}</text>`
      );
    }),
    `<text x="${(left + right) / 2}" y="${HEIGHT - 14}" text-anchor="middle">${escaped(frame.xLabel)}</text>`,
    `<text transform="translate(18 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(frame.yLabel)}</text>`,
    `<clipPath id="area"><rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}"/></clipPath>`,
    ...lines.flatMap((line, place) => drawn(line, place, { x, y })),
    '</svg>',
    '',
  ].join('\n');
}

interface Scales {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

function drawn({ name, points }: PlotLine, place: number, { x, y }: Scales): string[] {
  const [colour, dashes] = STROKES[place % STROKES.length] ?? ['#000000', ''];
  const stroke = `stroke="${colour}" stroke-width="2" stroke-dasharray="${dashes}" fill="none"`;
  const path = points.map(([atX, atY], index) => {
    const [px, py] = [fixed(x(atX)), fixed(y(atY))];
    return index === 0 ? `M${px} ${py}` : `H${px}V${py}`;
  });
  const keyY = HEIGHT - MARGIN.bottom - 18 - place * 20;
  const keyX = WIDTH - MARGIN.right - 190;
  return [
    `<path d="${path.join('')}" ${stroke} clip-path="url(#area)"/>`,
    `<path d="M${keyX} ${keyY}H${keyX + 32}" ${stroke}/>`,
    `<text x="${keyX + 40}" y="${keyY}" dominant-baseline="middle">${escaped(name)}</text>`,
  ];
}

function scale(ticks: readonly number[], from: number, to: number): (value: number) => number {
  const low = Math.min(...ticks);
  const high = Math.max(...ticks);
  return (value) => from + ((value - low) / (high - low)) * (to - from);
}

function fixed(value: number): string {
  return value.toFixed(1);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
