import { encodeQR } from 'qr';

/** A reader needs so many light modules around a code (ISO/IEC 18004, 6.3.8). */
const QUIET_MODULES = 4;

/**
 * A QR code as an SVG image that takes the size of what is around it. It stays readable with a quarter of it destroyed.
 *
 * @param text at most some dozens of characters
 */
export function qrCode(text: string): string {
  const rows = encodeQR(text, 'raw', { ecc: 'quartile', border: QUIET_MODULES });
  const dark = rows.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
  const size = rows.length;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${dark.join('')}"/></svg>`;
}
