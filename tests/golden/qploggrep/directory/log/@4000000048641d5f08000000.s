@4000000048641d5c00000000 100 Accepted connection 0/40 from 192.0.2.1 / mail.example.com
@4000000048641d5d00000000 101 Accepted connection 1/40 from 192.0.2.2 / Unknown
@4000000048641d5d10000000 101 logging::logterse plugin: ` 192.0.2.2	Unknown				dnsbl	903	http://www.example.org/query?192.0.2.2	msg denied before queued
@4000000048641d5e00000000 100 dispatching MAIL FROM:<spam@shop.faith>
@4000000048641d5f00000000 100 logging::logterse plugin: ` 192.0.2.1	mail.example.com	mail.example.com	<spam@shop.faith>	<user@domain.tld>	spamassassin	901	spam score exceeded threshold (#5.6.1)	Yes, hits=13.1 required=5.0_
