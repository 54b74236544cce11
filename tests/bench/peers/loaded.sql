-- What a database holds, whichever way it was loaded.
SELECT name, sha256, day, kind, host, lines, kilobytes FROM ledger;
SELECT * FROM translog ORDER BY domain;
SELECT file.day, file.kind, metric.day, hour, series.host, domain, "user", source, metric, label, value
    FROM metric JOIN file ON file.id = metric.file JOIN series ON series.id = metric.series
    ORDER BY 3, 4, 5, 6, 7, 8, 9, 10;
SELECT count(*) FROM series;
