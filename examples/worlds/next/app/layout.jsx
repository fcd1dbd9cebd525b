/** The frame that Next.js asks for. In JavaScript, so that no TypeScript has to be installed. */
export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
