/** What somebody would put into a name, a parameter, a log or an error to make whoever shows it run it. */
export const PAYLOADS: readonly string[] = [
  "<script>alert(1)</script>",
  "</script><script>alert(1)</script>",
  '"><script>alert(1)</script>',
  "'><img src=x onerror=alert(1)>",
  "<img src=x onerror=alert(1)>",
  "<svg onload=alert(1)>",
  "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
  "</text><script>alert(1)</script>",
  "</title><style>*{background:url(http://evil.test)}</style>",
  "<iframe src=javascript:alert(1)>",
  "<a href='javascript:alert(1)'>x</a>",
  "<math><mtext></mtext><script>alert(1)</script></math>",
  "<!--><script>alert(1)</script>-->",
  "]]><script>alert(1)</script>",
  "javascript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "[x](javascript:alert(1))",
  '" URL="javascript:alert(1)" x="',
  '"]; click n0 "javascript:alert(1)"; n9["',
  "&lt;script&gt;alert(1)&lt;/script&gt; &#x3c;script&#x3e;",
  "{{constructor.constructor('alert(1)')()}}",
];

/** What a terminal would obey: colours, the title, the clipboard, a link, the cursor, the direction of text. */
export const TERMINAL_PAYLOADS: readonly string[] = [
  "\u001b[31mred\u001b[0m",
  "\u001b]0;title\u0007",
  "\u001b]52;c;ZXZpbA==\u0007",
  "\u001b]8;;http://evil.test\u001b\\link\u001b]8;;\u001b\\",
  "\u001b[2J\u001b[H",
  "\u009b31m\u009d0;title\u009c",
  "\u202egnp.exe\u202c",
  "over\rwritten",
  "\u0008\u0008\u007f",
];
