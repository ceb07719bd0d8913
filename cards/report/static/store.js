// What the page carries: compressed texts in script elements that no browser runs.

async function unpack(id) {
  const packed = atob(document.getElementById(id).textContent);
  const bytes = Uint8Array.from(packed, (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).text();
}

// The lines of the table, unpacked from their columns; `words` is what the search looks into.
async function readLines() {
  const told = JSON.parse(await unpack("listing"));
  return told.name.map((name, place) => {
    const line = { place };
    for (const column of Object.keys(told)) {
      if (column !== "featureNames") line[column] = told[column][place];
    }
    line.features = line.features.map((number) => told.featureNames[number]);
    const words = [line.title, name, line.draw, line.verdict, line.reason, line.reason.replaceAll("_", " "), line.style, ...line.features];
    line.words = words.join("\n").toLowerCase();
    return line;
  });
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text; // never as HTML: models wrote it
  return made;
}

function percent(share) {
  return share === null ? "–" : `${Math.round(100 * share)} %`;
}
