-- Messages and kilobytes per month, from the database of traffic-load.
SELECT substr(day, 1, 7),
    CASE metric WHEN 'mail.in' THEN 'incoming' WHEN 'mail.out' THEN 'outgoing'
        WHEN 'mail.in_bytes' THEN 'received' ELSE 'sent' END,
    CASE WHEN metric LIKE '%bytes' THEN (sum(value) + 512) / 1024 ELSE sum(value) END
FROM metric_row GROUP BY 1, metric;
