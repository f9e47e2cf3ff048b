import { Seeded } from './seeded.js';

/** Text that PostgreSQL cannot compress: an index entry has a limit, and a repeated letter would fit. */
export function incompressible(length: number): string {
  const chance = new Seeded(1);
  const letter = () => String.fromCharCode(0x4e00 + chance.between(0, 20_000));
  return Array.from({ length }, letter).join('');
}
